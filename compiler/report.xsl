<?xml version="1.0" encoding="UTF-8"?>
<!-- The page that `tc0c compile` emits as html, from the report: one file, no network.

  The drawing is what it emits as svg.  tc0c puts it into the report, as the last child of
  the root; where it is a file beside the report, the parameter svg names it: README.md has
  the call of xsltproc, which makes the same page.  Without a drawing the banks have neither
  formulas nor links.

  Of a family's drawing, node pK is plane K, inputs first, then the banks in the order of the
  report; oK is an output; an edge's title is SOURCE->READER.  A bank's tooltip begins with its
  formula, then a newline. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
                xmlns:r="urn:tc0c:report:1" xmlns:s="http://www.w3.org/2000/svg"
                xmlns:xlink="http://www.w3.org/1999/xlink" exclude-result-prefixes="r s xlink">

  <xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat" indent="no"/>

  <xsl:param name="svg" select="/.."/> <!-- a file's name -->
  <xsl:param name="undrawn" select="''"/> <!-- why there is no drawing -->

  <xsl:variable name="report" select="/r:report"/>
  <xsl:variable name="picture" select="/r:report/s:svg | document($svg, /)/s:svg"/>
  <xsl:variable name="planes"
                select="$picture//s:g[@class = 'node'][starts-with(s:title, 'p')]"/>
  <xsl:variable name="ninput" select="count($planes) - count($report/r:bank)"/>
  <xsl:variable name="depth" select="number($report/r:total/@depth)"/>

  <xsl:key name="node" match="s:g[@class = 'node']" use="s:title"/>
  <xsl:key name="read-by" match="s:g[@class = 'edge']" use="substring-after(s:title, '->')"/>
  <xsl:key name="readers-of" match="s:g[@class = 'edge']" use="substring-before(s:title, '->')"/>

  <xsl:template match="/r:report">
    <html lang="en">
      <head>
        <meta name="viewport" content="width=device-width"/>
        <title><xsl:value-of select="@spec"/> - tc0c</title>
        <style><xsl:call-template name="style"/></style>
      </head>
      <body>
        <header>
          <h1><xsl:value-of select="@spec"/></h1>
          <p>
            <xsl:text>Threshold circuits of depth </xsl:text>
            <strong><xsl:value-of select="r:total/@depth"/></strong>
            <xsl:text>, with </xsl:text>
            <strong>
              <xsl:call-template name="grouped">
                <xsl:with-param name="n" select="r:total/@gates"/>
              </xsl:call-template>
            </strong>
            <xsl:text> gates</xsl:text>
            <xsl:for-each select="r:parameter">
              <xsl:choose>
                <xsl:when test="position() = 1"> at </xsl:when>
                <xsl:otherwise>, </xsl:otherwise>
              </xsl:choose>
              <xsl:value-of select="concat(@name, ' = ', @value)"/>
            </xsl:for-each>
            <xsl:text>.</xsl:text>
          </p>
          <xsl:if test="@caption"><p><xsl:value-of select="@caption"/></p></xsl:if>
        </header>
        <main>
          <xsl:call-template name="summary"/>
          <xsl:if test="r:component"><xsl:call-template name="budget"/></xsl:if>
          <xsl:apply-templates select="r:lengths"/>
          <xsl:call-template name="passes"/>
          <xsl:call-template name="drawing"/>
          <xsl:if test="r:bank"><xsl:call-template name="banks"/></xsl:if>
        </main>
        <footer><p>tc0c <xsl:value-of select="@version"/></p></footer>
        <xsl:if test="$picture and r:bank">
          <script><xsl:call-template name="script"/></script>
        </xsl:if>
      </body>
    </html>
  </xsl:template>

  <!-- ============================================================= numbers -->

  <!-- digits in groups of three; numbers here have any length -->
  <xsl:template name="grouped">
    <xsl:param name="n"/>
    <xsl:variable name="rest" select="string-length($n) - 3"/>
    <xsl:choose>
      <xsl:when test="$rest &lt; 1"><xsl:value-of select="$n"/></xsl:when>
      <xsl:otherwise>
        <xsl:call-template name="grouped">
          <xsl:with-param name="n" select="substring($n, 1, $rest)"/>
        </xsl:call-template>
        <xsl:value-of select="concat(',', substring($n, $rest + 1))"/>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="cell">
    <xsl:param name="n"/>
    <td class="n">
      <xsl:call-template name="grouped"><xsl:with-param name="n" select="$n"/></xsl:call-template>
    </td>
  </xsl:template>

  <!-- log10 of a whole number, 0 of 0; three digits m matter: with t = (m - r) / (m + r), r the
       root of 10, log10 m = 1/2 + 2/ln 10 (t + t^3/3 + ...), and |t| is below 0.52 -->
  <xsl:template name="log">
    <xsl:param name="n"/>
    <xsl:variable name="m" select="number(concat(substring($n, 1, 1), '.', substring($n, 2, 2)))"/>
    <xsl:variable name="t" select="($m - 3.16227766) div ($m + 3.16227766)"/>
    <xsl:variable name="s" select="$t * $t"/>
    <xsl:choose>
      <xsl:when test="$m = 0">0</xsl:when>
      <xsl:when test="$m = 1"><xsl:value-of select="string-length($n) - 1"/></xsl:when>
      <xsl:otherwise>
        <xsl:value-of select="string-length($n) - 0.5 + 0.868589 * $t * (1 + $s * (1 div 3
                              + $s * (1 div 5 + $s * (1 div 7 + $s * (1 div 9 + $s div 11)))))"/>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- of 100 parts, from one on and so many wide; drawn, so that it is printed, too -->
  <xsl:template name="bar">
    <xsl:param name="from" select="0"/>
    <xsl:param name="width"/>
    <xsl:param name="look" select="'#0060a8'"/>
    <svg xmlns="http://www.w3.org/2000/svg" class="bar" viewBox="0 0 100 10"
         preserveAspectRatio="none" aria-hidden="true">
      <rect x="0" y="0" width="100" height="10" fill="#eeeeee"/>
      <rect x="{$from}" y="0" width="{$width}" height="10" fill="{$look}"/>
    </svg>
  </xsl:template>

  <!-- ============================================================= summary -->

  <xsl:template name="summary">
    <section id="summary">
      <h2>Summary</h2>
      <div class="columns">
        <table>
          <caption>The circuit</caption>
          <tbody>
            <xsl:for-each select="r:total/@*">
              <tr>
                <th scope="row"><xsl:value-of select="translate(name(), '-', ' ')"/></th>
                <xsl:call-template name="cell">
                  <xsl:with-param name="n" select="."/>
                </xsl:call-template>
              </tr>
            </xsl:for-each>
          </tbody>
        </table>
        <table>
          <caption>Settings</caption>
          <tbody>
            <xsl:for-each select="r:setting/@* | r:precision/@*">
              <tr>
                <th scope="row"><xsl:value-of select="translate(name(), '-', ' ')"/></th>
                <td><xsl:value-of select="."/></td>
              </tr>
            </xsl:for-each>
          </tbody>
        </table>
        <xsl:if test="r:parameter | r:symbol">
          <table>
            <caption>Names in formulas</caption>
            <tbody>
              <xsl:for-each select="r:parameter | r:symbol">
                <tr>
                  <th scope="row"><xsl:value-of select="@name"/></th>
                  <td class="n"><xsl:value-of select="@value"/></td>
                  <td><xsl:value-of select="@note"/></td>
                </tr>
              </xsl:for-each>
            </tbody>
          </table>
        </xsl:if>
        <xsl:if test="r:tensor">
          <table>
            <caption>Tensors</caption>
            <thead>
              <tr>
                <th scope="col">name</th><th scope="col">role</th><th scope="col">shape</th>
                <th scope="col">bits</th>
              </tr>
            </thead>
            <tbody>
              <xsl:for-each select="r:tensor">
                <tr>
                  <th scope="row"><xsl:value-of select="@name"/></th>
                  <td><xsl:value-of select="@role"/></td>
                  <td class="n"><xsl:value-of select="translate(@shape, 'x', '&#xd7;')"/></td>
                  <td class="n"><xsl:value-of select="@bits"/></td>
                </tr>
              </xsl:for-each>
            </tbody>
          </table>
        </xsl:if>
      </div>
      <xsl:for-each select="r:formula">
        <p>
          <xsl:value-of select="concat(translate(substring(@of, 1, 1), 'g', 'G'),
                                       substring(@of, 2))"/>, exactly:
        </p>
        <pre><xsl:value-of select="."/></pre>
      </xsl:for-each>
    </section>
  </xsl:template>

  <!-- ============================================================== budget -->

  <xsl:template name="budget">
    <xsl:variable name="most">
      <xsl:call-template name="log">
        <xsl:with-param name="n" select="r:total/@gates"/>
      </xsl:call-template>
    </xsl:variable>
    <section id="budget">
      <h2>Depth and gates by component</h2>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">component</th>
              <th scope="col">levels, of <xsl:value-of select="$depth"/></th>
              <th scope="col">from</th><th scope="col">to</th><th scope="col">depth</th>
              <th scope="col">gates, logarithmic</th>
              <th scope="col">gates</th><th scope="col">wires</th>
              <th scope="col">most fan-in</th><th scope="col">banks</th>
            </tr>
          </thead>
          <xsl:if test="r:block">
            <tbody class="blocks"><xsl:apply-templates select="r:block" mode="budget">
              <xsl:with-param name="most" select="$most"/>
            </xsl:apply-templates></tbody>
          </xsl:if>
          <tbody><xsl:apply-templates select="r:component" mode="budget">
            <xsl:with-param name="most" select="$most"/>
          </xsl:apply-templates></tbody>
        </table>
      </div>
      <xsl:if test="r:block">
        <p>Blocks, with all that is in them, stand above the line; below it are the components
          that banks belong to, which add up to the circuit's gates.</p>
      </xsl:if>
    </section>
  </xsl:template>

  <xsl:template match="r:block | r:component" mode="budget">
    <xsl:param name="most"/>
    <xsl:variable name="log">
      <xsl:call-template name="log"><xsl:with-param name="n" select="@gates"/></xsl:call-template>
    </xsl:variable>
    <tr>
      <th scope="row"><xsl:value-of select="@path"/></th>
      <td>
        <xsl:call-template name="bar">
          <xsl:with-param name="from" select="100 * (@level-from - 1) div $depth"/>
          <xsl:with-param name="width" select="100 * @depth div $depth"/>
        </xsl:call-template>
      </td>
      <td class="n"><xsl:value-of select="@level-from"/></td>
      <td class="n"><xsl:value-of select="@level-to"/></td>
      <td class="n"><xsl:value-of select="@depth"/></td>
      <td>
        <xsl:call-template name="bar">
          <!-- one gate has a bar, too -->
          <xsl:with-param name="width" select="100 * ($log + 0.1) div ($most + 0.1)"/>
          <xsl:with-param name="look" select="'#7a5200'"/>
        </xsl:call-template>
      </td>
      <xsl:call-template name="cell"><xsl:with-param name="n" select="@gates"/></xsl:call-template>
      <xsl:call-template name="cell"><xsl:with-param name="n" select="@wires"/></xsl:call-template>
      <xsl:call-template name="cell">
        <xsl:with-param name="n" select="@max-fan-in"/>
      </xsl:call-template>
      <td class="n"><xsl:value-of select="@banks"/></td>
    </tr>
  </xsl:template>

  <!-- =============================================================== plots -->

  <xsl:variable name="wide" select="340"/>
  <xsl:variable name="high" select="220"/>

  <xsl:template match="r:lengths">
    <xsl:variable name="p" select="@parameter"/>
    <section id="plots">
      <h2>Depth and gates over <xsl:value-of select="$p"/></h2>
      <p>
        <xsl:text>Each point is compiled anew for its length.</xsl:text>
        <xsl:choose>
          <xsl:when test="r:at/@depth != r:at/@depth"> Depth changes.</xsl:when>
          <xsl:otherwise>
            <xsl:value-of select="concat(' Depth is ', r:at[1]/@depth, ' at each of them.')"/>
          </xsl:otherwise>
        </xsl:choose>
        <xsl:text> On logarithmic axes a polynomial comes near to a straight line, whose slope is
          its degree.</xsl:text>
        <xsl:value-of select="concat(' The square is ', $p, ' = ',
                              ../r:parameter[@name = $p]/@value, ', the circuit of this page.')"/>
      </p>
      <div class="columns">
        <xsl:call-template name="plot">
          <xsl:with-param name="what" select="'depth'"/>
          <xsl:with-param name="top" select="r:at[not(../r:at/@depth > @depth)][1]/@depth + 1"/>
        </xsl:call-template>
        <xsl:variable name="least">
          <xsl:call-template name="log">
            <xsl:with-param name="n">
              <xsl:for-each select="r:at">
                <xsl:sort select="@gates" data-type="number"/>
                <xsl:if test="position() = 1"><xsl:value-of select="@gates"/></xsl:if>
              </xsl:for-each>
            </xsl:with-param>
          </xsl:call-template>
        </xsl:variable>
        <xsl:variable name="most">
          <xsl:call-template name="log">
            <xsl:with-param name="n">
              <xsl:for-each select="r:at">
                <xsl:sort select="@gates" data-type="number" order="descending"/>
                <xsl:if test="position() = 1"><xsl:value-of select="@gates"/></xsl:if>
              </xsl:for-each>
            </xsl:with-param>
          </xsl:call-template>
        </xsl:variable>
        <xsl:call-template name="plot">
          <xsl:with-param name="what" select="'gates'"/>
          <xsl:with-param name="bottom" select="floor($least)"/>
          <xsl:with-param name="top" select="floor($most) + 1"/>
          <xsl:with-param name="powers" select="true()"/>
        </xsl:call-template>
        <table>
          <thead>
            <tr>
              <th scope="col"><xsl:value-of select="$p"/></th>
              <th scope="col">depth</th><th scope="col">gates</th>
            </tr>
          </thead>
          <tbody>
            <xsl:for-each select="r:at">
              <tr>
                <th scope="row" class="n"><xsl:value-of select="@value"/></th>
                <td class="n"><xsl:value-of select="@depth"/></td>
                <xsl:call-template name="cell">
                  <xsl:with-param name="n" select="@gates"/>
                </xsl:call-template>
              </tr>
            </xsl:for-each>
          </tbody>
        </table>
      </div>
    </section>
  </xsl:template>

  <!-- of the lengths at hand; from bottom to top, which are powers of ten if it says so -->
  <xsl:template name="plot">
    <xsl:param name="what"/>
    <xsl:param name="bottom" select="0"/>
    <xsl:param name="top"/>
    <xsl:param name="powers" select="false()"/>
    <xsl:variable name="p" select="@parameter"/>
    <xsl:variable name="own" select="../r:parameter[@name = $p]/@value"/>
    <xsl:variable name="first">
      <xsl:call-template name="log">
        <xsl:with-param name="n" select="r:at[1]/@value"/>
      </xsl:call-template>
    </xsl:variable>
    <xsl:variable name="last">
      <xsl:call-template name="log">
        <xsl:with-param name="n" select="r:at[last()]/@value"/>
      </xsl:call-template>
    </xsl:variable>
    <xsl:variable name="points">
      <xsl:for-each select="r:at">
        <xsl:call-template name="x">
          <xsl:with-param name="first" select="$first"/>
          <xsl:with-param name="last" select="$last"/>
        </xsl:call-template>
        <xsl:text>,</xsl:text>
        <xsl:call-template name="y">
          <xsl:with-param name="n" select="@*[name() = $what]"/>
          <xsl:with-param name="bottom" select="$bottom"/>
          <xsl:with-param name="top" select="$top"/>
          <xsl:with-param name="powers" select="$powers"/>
        </xsl:call-template>
        <xsl:if test="position() != last()"><xsl:text> </xsl:text></xsl:if>
      </xsl:for-each>
    </xsl:variable>
    <svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {$wide + 80} {$high + 70}"
         role="img" aria-label="{$what} over {$p}" data-of="{$what}">
      <text x="60" y="14" font-weight="bold"><xsl:value-of select="$what"/></text>
      <xsl:call-template name="ticks">
        <xsl:with-param name="at" select="$bottom"/>
        <xsl:with-param name="bottom" select="$bottom"/>
        <xsl:with-param name="top" select="$top"/>
        <xsl:with-param name="powers" select="$powers"/>
        <xsl:with-param name="step" select="ceiling(($top - $bottom) div 8)"/>
      </xsl:call-template>
      <text x="{60 + $wide div 2}" y="{$high + 66}" text-anchor="middle">
        <xsl:value-of select="$p"/>
      </text>
      <polyline points="{$points}" fill="none" stroke="#0060a8" stroke-width="2"/>
      <xsl:for-each select="r:at">
        <xsl:variable name="x">
          <xsl:call-template name="x">
            <xsl:with-param name="first" select="$first"/>
            <xsl:with-param name="last" select="$last"/>
          </xsl:call-template>
        </xsl:variable>
        <xsl:variable name="y">
          <xsl:call-template name="y">
            <xsl:with-param name="n" select="@*[name() = $what]"/>
            <xsl:with-param name="bottom" select="$bottom"/>
            <xsl:with-param name="top" select="$top"/>
            <xsl:with-param name="powers" select="$powers"/>
          </xsl:call-template>
        </xsl:variable>
        <xsl:choose>
          <xsl:when test="@value = $own">
            <rect x="{$x - 5}" y="{$y - 5}" width="10" height="10" fill="#b23a00">
              <title><xsl:call-template name="point">
                <xsl:with-param name="what" select="$what"/>
              </xsl:call-template></title>
            </rect>
            <text x="{$x}" y="{$high + 50}" text-anchor="middle" font-weight="bold">
              <xsl:value-of select="@value"/>
            </text>
          </xsl:when>
          <xsl:otherwise>
            <circle cx="{$x}" cy="{$y}" r="3.5" fill="#0060a8">
              <title><xsl:call-template name="point">
                <xsl:with-param name="what" select="$what"/>
              </xsl:call-template></title>
            </circle>
            <text x="{$x}" y="{$high + 37}" text-anchor="middle">
              <xsl:value-of select="@value"/>
            </text>
          </xsl:otherwise>
        </xsl:choose>
      </xsl:for-each>
    </svg>
  </xsl:template>

  <xsl:template name="point">
    <xsl:param name="what"/>
    <xsl:value-of select="concat(../@parameter, ' = ', @value, ': ', $what, ' ')"/>
    <xsl:call-template name="grouped">
      <xsl:with-param name="n" select="@*[name() = $what]"/>
    </xsl:call-template>
  </xsl:template>

  <!-- where a length stands, logarithmic -->
  <xsl:template name="x">
    <xsl:param name="first"/>
    <xsl:param name="last"/>
    <xsl:variable name="log">
      <xsl:call-template name="log"><xsl:with-param name="n" select="@value"/></xsl:call-template>
    </xsl:variable>
    <xsl:value-of select="format-number(60 + $wide * ($log - $first) div ($last - $first), '0.0')"/>
  </xsl:template>

  <xsl:template name="y">
    <xsl:param name="n"/>
    <xsl:param name="bottom"/>
    <xsl:param name="top"/>
    <xsl:param name="powers"/>
    <xsl:variable name="at">
      <xsl:choose>
        <xsl:when test="$powers">
          <xsl:call-template name="log"><xsl:with-param name="n" select="$n"/></xsl:call-template>
        </xsl:when>
        <xsl:otherwise><xsl:value-of select="$n"/></xsl:otherwise>
      </xsl:choose>
    </xsl:variable>
    <xsl:value-of select="format-number(20 + $high * ($top - $at) div ($top - $bottom), '0.0')"/>
  </xsl:template>

  <!-- lines across, from one number on -->
  <xsl:template name="ticks">
    <xsl:param name="at"/>
    <xsl:param name="bottom"/>
    <xsl:param name="top"/>
    <xsl:param name="powers"/>
    <xsl:param name="step"/>
    <xsl:variable name="y" select="format-number(20 + $high * ($top - $at) div ($top - $bottom), '0.0')"/>
    <xsl:if test="$at &lt;= $top">
      <line xmlns="http://www.w3.org/2000/svg" x1="60" x2="{60 + $wide}" y1="{$y}" y2="{$y}"
            stroke="{substring('#1a1a1a#cccccc', 1 + 7 * ($at != $bottom), 7)}"/>
      <text xmlns="http://www.w3.org/2000/svg" x="52" y="{$y + 4}" text-anchor="end">
        <xsl:choose>
          <xsl:when test="$powers">10<tspan dy="-5" font-size="9"><xsl:value-of select="$at"/></tspan></xsl:when>
          <xsl:otherwise><xsl:value-of select="$at"/></xsl:otherwise>
        </xsl:choose>
      </text>
      <xsl:call-template name="ticks">
        <xsl:with-param name="at" select="$at + $step"/>
        <xsl:with-param name="bottom" select="$bottom"/>
        <xsl:with-param name="top" select="$top"/>
        <xsl:with-param name="powers" select="$powers"/>
        <xsl:with-param name="step" select="$step"/>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <!-- ============================================================== passes -->

  <xsl:template name="change">
    <xsl:param name="before"/>
    <xsl:param name="after"/>
    <td class="n">
      <xsl:call-template name="grouped">
        <xsl:with-param name="n" select="$before"/>
      </xsl:call-template>
      <xsl:if test="string($before) != string($after)">
        <xsl:text> &#x2192; </xsl:text>
        <strong>
          <xsl:call-template name="grouped">
            <xsl:with-param name="n" select="$after"/>
          </xsl:call-template>
        </strong>
      </xsl:if>
    </td>
  </xsl:template>

  <xsl:template name="passes">
    <section id="passes">
      <h2>Passes</h2>
      <xsl:choose>
        <xsl:when test="not(r:pass)"><p>No pass ran.</p></xsl:when>
        <xsl:otherwise>
          <div class="wide">
            <table>
              <thead>
                <tr>
                  <th scope="col">pass</th><th scope="col">of</th><th scope="col">depth</th>
                  <th scope="col">gates</th><th scope="col">wires</th>
                  <th scope="col">most weight</th><th scope="col">most fan-in</th>
                  <xsl:if test="r:pass/@seconds"><th scope="col">seconds</th></xsl:if>
                </tr>
              </thead>
              <tbody><xsl:apply-templates select="r:pass"/></tbody>
            </table>
          </div>
        </xsl:otherwise>
      </xsl:choose>
    </section>
  </xsl:template>

  <xsl:template match="r:pass">
    <tr>
      <th scope="row"><xsl:value-of select="@name"/></th>
      <td><xsl:value-of select="@of"/></td>
      <xsl:call-template name="change">
        <xsl:with-param name="before" select="@depth-before"/>
        <xsl:with-param name="after" select="@depth-after"/>
      </xsl:call-template>
      <xsl:call-template name="change">
        <xsl:with-param name="before" select="@gates-before"/>
        <xsl:with-param name="after" select="@gates-after"/>
      </xsl:call-template>
      <xsl:call-template name="change">
        <xsl:with-param name="before" select="@wires-before"/>
        <xsl:with-param name="after" select="@wires-after"/>
      </xsl:call-template>
      <xsl:call-template name="change">
        <xsl:with-param name="before" select="@max-weight-before"/>
        <xsl:with-param name="after" select="@max-weight-after"/>
      </xsl:call-template>
      <xsl:call-template name="change">
        <xsl:with-param name="before" select="@max-fan-in-before"/>
        <xsl:with-param name="after" select="@max-fan-in-after"/>
      </xsl:call-template>
      <xsl:if test="../r:pass/@seconds"><td class="n"><xsl:value-of select="@seconds"/></td></xsl:if>
    </tr>
  </xsl:template>

  <!-- ============================================================= drawing -->

  <xsl:template name="drawing">
    <section id="drawing">
      <h2>Drawing</h2>
      <xsl:choose>
        <xsl:when test="not($picture)">
          <p>
            <xsl:text>There is none</xsl:text>
            <xsl:if test="$undrawn">: <xsl:value-of select="$undrawn"/></xsl:if>
            <xsl:text>.</xsl:text>
          </p>
        </xsl:when>
        <xsl:when test="r:bank">
          <p id="zoom" hidden="hidden">
            <button type="button" id="smaller" aria-label="smaller">&#x2212;</button>
            <button type="button" id="larger" aria-label="larger">+</button>
            <button type="button" id="fit">fit</button>
            <xsl:text> Click a bank, or choose it with Tab and Enter; Escape closes what it
              shows.</xsl:text>
          </p>
          <div id="stage">
            <div id="canvas"><xsl:apply-templates select="$picture" mode="draw"/></div>
            <aside id="panel" tabindex="-1" hidden="hidden" aria-label="chosen bank"
                   aria-live="polite"></aside>
          </div>
        </xsl:when>
        <xsl:otherwise>
          <div id="canvas"><xsl:apply-templates select="$picture" mode="draw"/></div>
        </xsl:otherwise>
      </xsl:choose>
    </section>
  </xsl:template>

  <xsl:template match="@* | node()" mode="draw">
    <xsl:copy><xsl:apply-templates select="@* | node()" mode="draw"/></xsl:copy>
  </xsl:template>

  <xsl:template match="comment() | s:g/s:title" mode="draw"/>

  <xsl:template match="s:svg" mode="draw">
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="{@viewBox}" role="group"
         aria-label="{$report/@spec}">
      <xsl:apply-templates mode="draw"/>
    </svg>
  </xsl:template>

  <xsl:template match="s:g[@class = 'edge']" mode="draw">
    <g xmlns="http://www.w3.org/2000/svg" class="edge" data-from="{substring-before(s:title, '->')}"
       data-to="{substring-after(s:title, '->')}">
      <xsl:apply-templates mode="draw"/>
    </g>
  </xsl:template>

  <xsl:template match="s:g[@class = 'node']" mode="draw">
    <xsl:choose>
      <xsl:when test="$report/r:bank">
        <g xmlns="http://www.w3.org/2000/svg" class="node" data-plane="{s:title}">
          <a href="#{s:title}">
            <xsl:apply-templates select=".//s:polygon | .//s:path | .//s:polyline | .//s:text"
                                 mode="draw"/>
          </a>
        </g>
      </xsl:when>
      <xsl:otherwise>
        <xsl:copy><xsl:apply-templates select="@* | node()" mode="draw"/></xsl:copy>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- =============================================================== banks -->

  <xsl:template name="banks">
    <section id="banks">
      <h2>Banks</h2>
      <xsl:choose>
        <xsl:when test="$picture">
          <xsl:for-each select="$picture//s:g[@class = 'node']">
            <xsl:sort select="translate(substring(s:title, 1, 1), 'po', '12')"/>
            <xsl:sort select="substring(s:title, 2)" data-type="number"/>
            <xsl:apply-templates select="." mode="plane"/>
          </xsl:for-each>
        </xsl:when>
        <xsl:otherwise>
          <xsl:for-each select="r:bank">
            <section class="plane"><xsl:apply-templates select="."/></section>
          </xsl:for-each>
        </xsl:otherwise>
      </xsl:choose>
    </section>
  </xsl:template>

  <!-- an input, a bank or an output -->
  <xsl:template match="s:g" mode="plane">
    <xsl:variable name="id" select="string(s:title)"/>
    <xsl:variable name="bank" select="$report/r:bank[starts-with($id, 'p')
                                      and position() = substring($id, 2) + 1 - $ninput]"/>
    <section class="plane" id="{$id}">
      <xsl:choose>
        <xsl:when test="$bank">
          <xsl:apply-templates select="$bank">
            <xsl:with-param name="formula"
                            select="substring-before(concat(.//@xlink:title, '&#10;'), '&#10;')"/>
          </xsl:apply-templates>
        </xsl:when>
        <xsl:otherwise>
          <h3><xsl:call-template name="name"/></h3>
          <xsl:for-each select=".//s:text[position() > 1]">
            <p><xsl:value-of select="."/></p>
          </xsl:for-each>
        </xsl:otherwise>
      </xsl:choose>
      <xsl:if test="key('read-by', $id)">
        <p class="reads">
          <xsl:text>Reads </xsl:text>
          <xsl:for-each select="key('read-by', $id)">
            <xsl:sort select="substring(substring-before(s:title, '->'), 2)" data-type="number"/>
            <xsl:call-template name="link">
              <xsl:with-param name="id" select="substring-before(s:title, '->')"/>
            </xsl:call-template>
          </xsl:for-each>
        </p>
      </xsl:if>
      <xsl:if test="key('readers-of', $id)">
        <p class="readers">
          <xsl:text>Read by </xsl:text>
          <xsl:for-each select="key('readers-of', $id)">
            <xsl:sort select="substring(substring-after(s:title, '->'), 2)" data-type="number"/>
            <xsl:call-template name="link">
              <xsl:with-param name="id" select="substring-after(s:title, '->')"/>
            </xsl:call-template>
          </xsl:for-each>
        </p>
      </xsl:if>
    </section>
  </xsl:template>

  <!-- of a node: as the report has it, for a picture cuts long names -->
  <xsl:template name="name">
    <xsl:variable name="id" select="string(s:title)"/>
    <xsl:variable name="bank" select="$report/r:bank[starts-with($id, 'p')
                                      and position() = substring($id, 2) + 1 - $ninput]"/>
    <xsl:choose>
      <xsl:when test="$bank"><xsl:value-of select="$bank/@name"/></xsl:when>
      <xsl:otherwise><xsl:value-of select=".//s:text[1]"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="link">
    <xsl:param name="id"/>
    <xsl:if test="position() > 1">, </xsl:if>
    <a href="#{$id}">
      <xsl:for-each select="key('node', $id)"><xsl:call-template name="name"/></xsl:for-each>
    </a>
    <xsl:if test="starts-with($id, 'o')"> (output)</xsl:if>
  </xsl:template>

  <xsl:template match="r:bank">
    <xsl:param name="formula" select="''"/>
    <h3><xsl:value-of select="@name"/></h3>
    <xsl:if test="@note"><p class="note"><xsl:value-of select="@note"/></p></xsl:if>
    <xsl:if test="$formula"><pre class="formula"><xsl:value-of select="$formula"/></pre></xsl:if>
    <dl>
      <dt>component</dt><dd><xsl:value-of select="@component"/></dd>
      <dt>level</dt><dd><xsl:value-of select="@level"/></dd>
      <dt>gates</dt>
      <dd>
        <xsl:call-template name="grouped">
          <xsl:with-param name="n" select="@gates"/>
        </xsl:call-template>
        <xsl:text> = </xsl:text>
        <code><xsl:value-of select="r:formula"/></code>
      </dd>
      <xsl:for-each select="@wires | @max-fan-in | @max-weight">
        <dt><xsl:value-of select="translate(name(), '-', ' ')"/></dt>
        <dd>
          <xsl:call-template name="grouped"><xsl:with-param name="n" select="."/></xsl:call-template>
        </dd>
      </xsl:for-each>
    </dl>
  </xsl:template>

  <!-- ==================================================== looks and clicks -->

  <xsl:template name="style"><![CDATA[
body { margin: 0 auto; max-width: 90rem; padding: 0 1.5rem 3rem; color: #1a1a1a; background: #fff;
  font: 1rem/1.45 "DejaVu Sans", Verdana, sans-serif; }
h1 { margin: 1.2rem 0 0; font-size: 1.9rem; }
h2 { margin: 2.2rem 0 .6rem; font-size: 1.3rem; border-bottom: 2px solid #1a1a1a; }
h3 { margin: 0 0 .3rem; font-size: 1.05rem; overflow-wrap: anywhere; }
a { color: #00488a; }
a:focus-visible, button:focus-visible, #panel:focus-visible { outline: 3px solid #b23a00;
  outline-offset: 2px; }
table { border-collapse: collapse; font-size: .88rem; }
caption { text-align: left; font-weight: bold; padding: .3rem 0; }
th, td { text-align: left; padding: .18rem .7rem .18rem 0; vertical-align: top;
  border-bottom: 1px solid #ccc; }
tbody th { font-weight: normal; }
thead th { border-bottom: 1px solid #1a1a1a; vertical-align: bottom; }
tbody.blocks tr:last-child > * { border-bottom: 1px solid #1a1a1a; }
td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre, code { font-family: "DejaVu Sans Mono", monospace; font-size: .85rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f4f4; padding: .5rem .7rem;
  margin: .4rem 0; }
.columns { display: flex; flex-wrap: wrap; gap: 1rem 3rem; align-items: flex-start; }
.wide { overflow-x: auto; }
.bar { display: block; width: 9rem; height: .8rem; margin-top: .25rem; }
.plot { flex: 0 1 30rem; min-width: 0; font-size: 12px; }
#stage { display: flex; gap: 1rem; align-items: flex-start; }
#canvas { flex: 1 1 0; min-width: 0; overflow: auto; max-height: 85vh; border: 1px solid #999; }
#canvas svg { display: block; width: 100%; height: auto; }
#panel { flex: 0 0 24rem; box-sizing: border-box; max-height: 85vh; overflow: auto;
  border: 2px solid #1a1a1a; padding: .8rem 1rem; }
#panel[hidden] { display: none; }
button { font: inherit; min-width: 2.2rem; }
.node a { cursor: pointer; }
.node a:focus-visible { outline: 3px solid #b23a00; }
.chosen polygon, .chosen path { stroke: #b23a00; stroke-width: 5; }
.source polygon, .source path { stroke: #0060a8; stroke-width: 4; stroke-dasharray: 9 4; }
.reader polygon, .reader path { stroke: #007a52; stroke-width: 4; stroke-dasharray: 2 4; }
.edge.source path, .edge.reader path { stroke-width: 3; }
.edge.source polygon, .edge.reader polygon { stroke-dasharray: none; }
.plane { padding: .8rem 0; border-bottom: 1px solid #ccc; }
.plane:target { border-left: 5px solid #b23a00; padding-left: .8rem; }
.plane p, #panel p { margin: .3rem 0; overflow-wrap: anywhere; }
.note { font-style: italic; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem .8rem; margin: .4rem 0;
  font-size: .9rem; }
dt { color: #555; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 60rem) { #stage { flex-direction: column; align-items: stretch; }
  #panel { flex-basis: auto; } #canvas { flex-basis: auto; } }
@media print { #zoom, #panel { display: none; } #canvas { max-height: none; border: 0; }
  #canvas svg { width: 100% !important; } .plane, tr { break-inside: avoid; }
  body { font-size: 9pt; max-width: none; padding: 0; } }
]]></xsl:template>

  <!-- what a click shows is the bank's section; without scripts the link leads there -->
  <xsl:template name="script"><![CDATA[
(function () {
  'use strict';
  var canvas = document.getElementById('canvas'), panel = document.getElementById('panel');
  var svg = canvas.querySelector('svg'), natural = svg.viewBox.baseVal.width, scale, chosen = '';

  function mark(selector, look) {
    canvas.querySelectorAll(selector).forEach(function (g) { g.classList.add(look); });
  }

  function clear() {
    ['chosen', 'source', 'reader'].forEach(function (look) {
      canvas.querySelectorAll('.' + look).forEach(function (g) { g.classList.remove(look); });
    });
  }

  function node(id) {
    return canvas.querySelector('[data-plane="' + id + '"]');
  }

  function show(id) {
    var section = document.getElementById(id);

    if (!section || !section.classList.contains('plane') || !node(id))
      return false;
    clear();
    mark('[data-from="' + id + '"]', 'reader');
    mark('[data-to="' + id + '"]', 'source');
    section.querySelectorAll('.reads a').forEach(function (a) {
      mark('[data-plane="' + a.hash.slice(1) + '"]', 'source');
    });
    section.querySelectorAll('.readers a').forEach(function (a) {
      mark('[data-plane="' + a.hash.slice(1) + '"]', 'reader');
    });
    node(id).classList.add('chosen');
    panel.innerHTML = section.innerHTML;
    panel.hidden = false;
    chosen = id;
    return true;
  }

  function look(id) {
    var box = canvas.getBoundingClientRect(), at = node(id).getBoundingClientRect();

    if (at.left < box.left || at.right > box.right)
      canvas.scrollLeft += (at.left + at.right - box.left - box.right) / 2;
    if (at.top < box.top || at.bottom > box.bottom)
      canvas.scrollTop += (at.top + at.bottom - box.top - box.bottom) / 2;
  }

  function zoom(to) {
    scale = Math.min(4, Math.max(0.05, to));
    svg.style.width = natural * scale + 'px';
  }

  function fit() {
    zoom(canvas.clientWidth / natural);
  }

  document.addEventListener('click', function (event) {
    var link = event.target.closest('#canvas a, #panel a'), id;

    if (!link)
      return;
    id = link.getAttribute('href').slice(1);
    if (!show(id))
      return;
    event.preventDefault();
    look(id);
    if (panel.contains(link) || !document.activeElement.isConnected)
      panel.focus();
  });
  document.addEventListener('keydown', function (event) {
    if (event.key !== 'Escape' || panel.hidden)
      return;
    clear();
    panel.hidden = true;
    node(chosen).querySelector('a').focus();
  });
  document.getElementById('smaller').onclick = function () { zoom(scale / 1.25); };
  document.getElementById('larger').onclick = function () { zoom(scale * 1.25); };
  document.getElementById('fit').onclick = fit;
  document.getElementById('zoom').hidden = false;
  zoom(Math.max(0.65, Math.min(1, canvas.clientWidth / natural)));
}());
]]></xsl:template>
</xsl:stylesheet>
